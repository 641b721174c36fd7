/* Node 18 has these, but not as the globals that browsers and later versions have. */
import { File } from "node:buffer";
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
globalThis.File ??= File;
