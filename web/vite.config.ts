import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig } from "vitest/config";

const DIST = "dist";

/* A smaller twin NAME.gz beside every file that gains from it; node's gzip header carries no time. */
const twins = {
  name: "gzip-twins",
  apply: "build" as const,
  closeBundle() {
    for (const entry of readdirSync(DIST, { recursive: true }) as string[]) {
      const path = join(DIST, entry);
      if (entry.endsWith(".gz") || statSync(path).isDirectory()) continue;
      const raw = readFileSync(path);
      const small = gzipSync(raw, { level: 9 });
      if (small.length < raw.length) writeFileSync(`${path}.gz`, small);
    }
  },
};

export default defineConfig({
  plugins: [twins],
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    outDir: DIST, target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: false,
    /* The embedded page is made by the server (server/api/embed.c), which knows its two files by name. */
    rollupOptions: {
      input: { index: "index.html", embed: "src/embed/embed.ts" },
      output: {
        entryFileNames: (chunk) => (chunk.name === "embed" ? "embed/embed.js" : "assets/[name]-[hash].js"),
        assetFileNames: (asset) => (asset.names.includes("embed.css") ? "embed/embed.css" : "assets/[name]-[hash][extname]"),
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
  test: { include: ["test/**/*.test.ts"], environment: "node", setupFiles: ["test/setup.mjs"] },
});
