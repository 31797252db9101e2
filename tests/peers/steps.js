// Shared code of the JavaScript clients: reading steps, writing results, storages and authenticator apps.
"use strict";

const { createHmac } = require("node:crypto");

class MemoryStorage {
  constructor() {
    this.clear();
  }
  setItem(key, value) {
    this.items[key] = value;
    return value;
  }
  getItem(key) {
    return Object.prototype.hasOwnProperty.call(this.items, key) ? this.items[key] : null;
  }
  removeItem(key) {
    return delete this.items[key];
  }
  clear() {
    this.items = {};
    return this.items;
  }
}

const totp = (secret, late = 0) => {
  let bits = "";
  for (const letter of secret) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + late));
  const digest = createHmac("sha1", key).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1000000).padStart(6, "0");
};

async function outcome(perform, [action, device, ...rest]) {
  try {
    return { ok: (await perform(action, device, rest)) ?? null };
  } catch (error) {
    return { error: { code: error.code || error.name, message: error.message } };
  }
}

// Perform all steps. `begin` takes the pool, and returns the function that performs one step.
function runFromStdin(begin) {
  let input = "";
  process.stdin.on("data", (chunk) => (input += chunk));
  process.stdin.on("end", async () => {
    const { pool, steps } = JSON.parse(input);
    const perform = begin(pool);
    const outcomes = [];
    for (const step of steps) outcomes.push(await outcome(perform, step));
    // Exit explicitly: a client's timers would keep the process running for minutes.
    process.stdout.write(JSON.stringify(outcomes), () => process.exit());
  });
}

module.exports = { MemoryStorage, runFromStdin, totp };
