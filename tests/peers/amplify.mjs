// Runs steps with aws-amplify 6: reads them as JSON from stdin, and writes the result of each as JSON to stdout.
//
// In:  {"pool": {"userPoolId", "userPoolClientId", "userPoolEndpoint"}, "steps": [["signIn", DEVICE, INPUT], ...]}
// Out: [{"ok": VALUE} or {"error": {"code", "message"}}, ...]
// A step is a function of "aws-amplify/auth" with its input, or one of `actions`.
// DEVICE ("alice/phone") is a user name, a slash and the name of a device. Each DEVICE has a separate storage. Only one
// sign-in can be in progress, because without sessionStorage Amplify holds its state in the module.
import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import { MemoryStorage, runFromStdin, totp } from "./steps.js";

// Without a user agent, Amplify confirms no devices. Node has `navigator` only since version 21.
Object.defineProperty(globalThis, "navigator", { value: { userAgent: "Peers" } });

const storages = new Map();
const apps = new Map();

let endpoint, storage;
// Every refresh token that the action `refreshToken` has returned, in order.
const seen = [];

// Advance the pool's clock and this process's clock together, as if the machine had slept.
async function advance(seconds) {
  await fetch(`${endpoint}/clock`, { method: "POST", body: String(seconds) });
  const Before = Date;
  globalThis.Date = class extends Before {
    static now() {
      return Before.now() + seconds * 1000;
    }
    constructor(...when) {
      super(...(when.length ? when : [Before.now() + seconds * 1000]));
    }
  };
}

const refreshTokenEntry = () => Object.keys(storage.items).find((key) => key.endsWith(".refreshToken"));

const deviceOfStorage = () => cognitoUserPoolsTokenProvider.tokenOrchestrator.getDeviceMetadata();

const actions = {
  fetchAuthSession: async (username, input) => {
    const { tokens, userSub } = await auth.fetchAuthSession(input);
    return tokens && { access: String(tokens.accessToken), claims: tokens.idToken.payload, userSub };
  },
  verifyTOTPSetup: (username, { code }) => auth.verifyTOTPSetup({ code: code ?? totp(apps.get(username)) }),
  // With `late: 1`, answer with the next code: a sign-in must not use the code that has just set up the app again.
  answerByApp: (username, { late = 0 }) => auth.confirmSignIn({ challengeResponse: totp(apps.get(username), late) }),
  advance: (username, { seconds }) => advance(seconds),
  refreshToken: () => {
    const token = storage.getItem(refreshTokenEntry());
    if (token) seen.push(token);
    return token;
  },
  // Restore an older refresh token, to act like a program that still has a copy of it.
  putBack: (username, { number }) => void storage.setItem(refreshTokenEntry(), seen[number]),
  deviceKey: async () => (await deviceOfStorage())?.deviceKey,
  forgetOtherDevices: async () => {
    const own = await deviceOfStorage();
    const others = (await auth.fetchDevices()).filter(({ id }) => id !== own.deviceKey);
    for (const { id } of others) await auth.forgetDevice({ device: { id } });
    return others.length;
  },
};

function useStorageOf(device) {
  if (!storages.has(device)) storages.set(device, new MemoryStorage());
  storage = storages.get(device);
  cognitoUserPoolsTokenProvider.setKeyValueStorage(storage);
}

runFromStdin((Cognito) => {
  Amplify.configure({ Auth: { Cognito } });
  endpoint = Cognito.userPoolEndpoint;
  return async (action, device, [input]) => {
    // A signOut in the previous step returned before it had removed the tokens. Let it finish, because this step may
    // switch to another storage.
    await new Promise(setImmediate);
    useStorageOf(device);
    const [username] = device.split("/");
    const perform = actions[action] ?? ((_, whole) => auth[action](whole));
    // All functions get the user name, because Amplify ignores members that a function does not accept.
    const value = await perform(username, { username, ...input });
    const app = value?.nextStep?.totpSetupDetails ?? value;
    if (app?.sharedSecret) apps.set(username, app.sharedSecret);
    return value;
  };
});
