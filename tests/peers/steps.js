// What the players in JavaScript have in common: steps in, outcomes out, a storage for each device, authenticator apps.
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

async function outcome(perform, [action, who, ...rest]) {
  try {
    return { ok: (await perform(action, who, rest)) ?? null };
  } catch (error) {
    return { error: { code: error.code || error.name, message: error.message } };
  }
}

// `begin` is told the pool, and returns what performs one step.
function playFromStdin(begin) {
  let input = "";
  process.stdin.on("data", (chunk) => (input += chunk));
  process.stdin.on("end", async () => {
    const { pool, steps } = JSON.parse(input);
    const perform = begin(pool);
    const outcomes = [];
    for (const step of steps) outcomes.push(await outcome(perform, step));
    // A client's timers would keep the process for minutes.
    process.stdout.write(JSON.stringify(outcomes), () => process.exit());
  });
}

module.exports = { MemoryStorage, playFromStdin, totp };
