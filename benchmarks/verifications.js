// The workload `verifications` (see verifications.py) for aws-jwt-verify: node verifications.js FOLDER_OF_THE_PACKAGE SIZE
"use strict";

const { generateKeyPairSync, sign } = require("node:crypto");
const { readFileSync } = require("node:fs");
const path = require("node:path");

const { CognitoJwtVerifier } = require(path.resolve(process.argv[2]));
const { header, claims } = JSON.parse(readFileSync(path.join(__dirname, "access_token.json")));

// The same token as in signing.py.
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const now = Math.floor(Date.now() / 1000);
const parts = [header, { ...claims, auth_time: now, exp: now + 3600, iat: now }];
const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
const token = `${signed}.${sign("RSA-SHA256", Buffer.from(signed), privateKey).toString("base64url")}`;

const userPoolId = claims.iss.split("/").pop();
const verifier = CognitoJwtVerifier.create({ userPoolId, tokenUse: "access", clientId: claims.client_id });
verifier.cacheJwks({ keys: [{ ...publicKey.export({ format: "jwk" }), ...header, use: "sig" }] });

const BATCH = 200;
// V8 compiles the functions again and again during the first 4,000 verifications, which take up to twice as long.
const WARM_UP = 20;
const seconds = [];
for (let count = 0; count < WARM_UP + Number(process.argv[3]); count += 1) {
  const before = process.cpuUsage();
  for (let each = 0; each < BATCH; each += 1) verifier.verifySync(token);
  const spent = process.cpuUsage(before);
  seconds.push((spent.user + spent.system) / 1e6 / BATCH);
}
const later = seconds.slice(WARM_UP).sort((one, other) => one - other);
console.log(JSON.stringify({ cpu: later[Math.floor(later.length / 2)] }));
