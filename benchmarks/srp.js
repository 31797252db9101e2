// The workload `srp` (see srp.py) for amazon-cognito-identity-js: node srp.js FOLDER_OF_THE_PACKAGE SIZE
"use strict";

const { readFileSync } = require("node:fs");
const path = require("node:path");

const folder = path.resolve(process.argv[2]);
const { default: AuthenticationHelper } = require(path.join(folder, "lib/AuthenticationHelper.js"));
const { default: BigInteger } = require(path.join(folder, "lib/BigInteger.js"));
const { default: DateHelper } = require(path.join(folder, "lib/DateHelper.js"));
const { Sha256 } = require(require.resolve("@aws-crypto/sha256-js", { paths: [folder] }));
const challenge = JSON.parse(readFileSync(path.join(__dirname, "../tests/vectors/srp.json"))).vectors[0];

// The steps that CognitoUser.authenticateUser takes.
const handshake = () => {
  const poolName = challenge.pool_id.split("_")[1];
  const helper = new AuthenticationHelper(poolName);
  helper.getLargeAValue((error, value) => value.toString(16));
  const serverB = new BigInteger(challenge.srp_b, 16);
  const salt = new BigInteger(challenge.salt, 16);
  helper.getPasswordAuthenticationKey(challenge.username, challenge.password, serverB, salt, (error, key) => {
    if (error) throw error;
    const hash = new Sha256(key);
    const texts = [poolName, challenge.username, new DateHelper().getNowString()].map((text) => Buffer.from(text, "utf8"));
    hash.update(Buffer.concat([texts[0], texts[1], Buffer.from(challenge.secret_block, "base64"), texts[2]]));
    Buffer.from(hash.digestSync()).toString("base64");
  });
};

const seconds = [];
for (let count = 0; count <= Number(process.argv[3]); count += 1) {
  const before = process.cpuUsage();
  handshake();
  const spent = process.cpuUsage(before);
  seconds.push((spent.user + spent.system) / 1e6);
}
const later = seconds.slice(1).sort((one, other) => one - other);
console.log(JSON.stringify({ first: seconds[0], cpu: later[Math.floor(later.length / 2)] }));
