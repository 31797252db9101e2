// Decrypts the codes of custom senders as the function in Amazon's guide does: reads JSON from stdin, and writes JSON.
//
// In:  {"keyArn", "codes"}. The environment names KMS and its credentials.
// Out: for each code {"text"} or {"error": MESSAGE}
import { readFileSync } from "node:fs";
import { buildClient, CommitmentPolicy, KmsKeyringNode } from "@aws-crypto/client-node";

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const { keyArn, codes } = JSON.parse(readFileSync(0, "utf8"));
const keyring = new KmsKeyringNode({ generatorKeyId: keyArn, keyIds: [] });

const outcome = async (code) => {
  try {
    const { plaintext } = await decrypt(keyring, Buffer.from(code, "base64"));
    return { text: plaintext.toString("utf8") };
  } catch (error) {
    return { error: error.message };
  }
};

const outcomes = [];
for (const code of codes) outcomes.push(await outcome(code));
process.stdout.write(JSON.stringify(outcomes));
