// Verifies tokens with aws-jwt-verify: reads JSON lines from stdin, and writes a JSON line for each token to stdout.
//
// In:  {"userPoolId", "clientId", "jwks"}, then {"token", "tokenUse"} for each token
// Out: {"claims": {…}} or {"error": NAME}
"use strict";

const { readFileSync } = require("node:fs");
const { CognitoJwtVerifier } = require("aws-jwt-verify");

const [settings, ...tokens] = readFileSync(0, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
const { userPoolId, clientId, jwks } = settings;
const verifiers = {};
for (const tokenUse of ["access", "id"]) {
  verifiers[tokenUse] = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse });
  verifiers[tokenUse].cacheJwks(jwks);
}

const verdict = ({ token, tokenUse }) => {
  try {
    return { claims: verifiers[tokenUse].verifySync(token) };
  } catch (error) {
    return { error: error.name };
  }
};

process.stdout.write(tokens.map((each) => JSON.stringify(verdict(each)) + "\n").join(""));
