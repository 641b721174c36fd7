/* Folders of pictures: the real ones when they lie beside the checkout, else drawn here. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { deflateSync } from "node:zlib";
import { scratch } from "./lib.mjs";

const CRC = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
const crc = (bytes) => (bytes.reduce((c, b) => CRC[(c ^ b) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

function chunk(name, body) {
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  out.write(name, 4, "latin1");
  body.copy(out, 8);
  out.writeUInt32BE(crc(out.subarray(4, body.length + 8)), body.length + 8);
  return out;
}

/* An 8-bit RGB PNG of `size` by `size`, its pixels from paint(x, y) -> [r, g, b]. */
function png(size, paint) {
  const rows = Buffer.alloc((size * 3 + 1) * size);
  for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) rows.set(paint(x, y), y * (size * 3 + 1) + 1 + x * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

/* Discs and bars on a ground, no two alike. */
const SHAPES = {
  bars: (x, y, n) => (Math.abs(x - y + (n % 40) - 20) < 14 ? [70 + n, 90, 190 - n] : [235, 232, 224]),
  discs: (x, y, n) => ((x - 48 - (n % 30) + 15) ** 2 + (y - 48) ** 2 < (14 + (n % 18)) ** 2 ? [200, 90 + n, 60] : [232, 236, 230]),
};

/* `root/bars/…` and `root/discs/…`, `each` pictures a class. */
function drawnFolder(each = 60) {
  const root = join(scratch, "shapes");
  for (const [name, paint] of Object.entries(SHAPES)) {
    mkdirSync(join(root, name), { recursive: true });
    for (let n = 0; n < each; n += 1) writeFileSync(join(root, name, `${name}-${String(n).padStart(2, "0")}.png`), png(96, (x, y) => paint(x, y, n)));
  }
  return root;
}

/* A few of them as [name, bytes in base64], classes in turn. */
export function drawnPictures(n) {
  return Array.from({ length: n }, (_, k) => {
    const name = Object.keys(SHAPES)[k % 2];
    return [`${name}-${String(k).padStart(2, "0")}.png`, png(96, (x, y) => SHAPES[name](x, y, k * 3)).toString("base64")];
  });
}

/* The photographs if they are there, else drawings; with how many pictures and class folders there are. */
export function pictureFolder() {
  const photos = resolve("../../../shared/data/photos-clothing/test");
  const root = existsSync(photos) ? photos : drawnFolder();
  const classes = readdirSync(root, { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name).sort();
  const pictures = classes.reduce((sum, c) => sum + readdirSync(join(root, c)).length, 0);
  return { root, classes, pictures };
}
