// Plays steps with aws-amplify 6: JSON on stdin, what came of each step as JSON on stdout.
//
// In:  {"pool": {"userPoolId", "userPoolClientId", "userPoolEndpoint"}, "steps": [["signIn", WHO, INPUT], ...]}
// Out: [{"ok": VALUE} or {"error": {"code", "message"}}, ...]
// A step is a function of "aws-amplify/auth" with its input, or one of `actions`.
// WHO names a device with a storage of its own, for the user name before the slash ("alice/phone"). One sign-in
// at a time: Amplify keeps its state, which it has in memory where there is no sessionStorage, in the module.
import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import { MemoryStorage, playFromStdin, totp } from "./steps.js";

// Amplify names a device by this, which Node has since version 21 only; without it no device is ever confirmed.
Object.defineProperty(globalThis, "navigator", { value: { userAgent: "Peers" } });

const storages = new Map();
const apps = new Map();

let endpoint, storage;
// Every refresh token that was looked at, in order.
const seen = [];

// As if the machine had slept: the pool's clock, where it can be moved, and the one here go on together.
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
  // The code that set the app up is spent, so a sign-in right after it takes the next one.
  answerByApp: (username, { late = 0 }) => auth.confirmSignIn({ challengeResponse: totp(apps.get(username), late) }),
  advance: (username, { seconds }) => advance(seconds),
  refreshToken: () => {
    const token = storage.getItem(refreshTokenEntry());
    if (token) seen.push(token);
    return token;
  },
  // As another program does that has the tokens of some time ago.
  putBack: (username, { number }) => void storage.setItem(refreshTokenEntry(), seen[number]),
  deviceKey: async () => (await deviceOfStorage())?.deviceKey,
  forgetOtherDevices: async () => {
    const own = await deviceOfStorage();
    const others = (await auth.fetchDevices()).filter(({ id }) => id !== own.deviceKey);
    for (const { id } of others) await auth.forgetDevice({ device: { id } });
    return others.length;
  },
};

function useStorageOf(who) {
  if (!storages.has(who)) storages.set(who, new MemoryStorage());
  storage = storages.get(who);
  cognitoUserPoolsTokenProvider.setKeyValueStorage(storage);
}

playFromStdin((Cognito) => {
  Amplify.configure({ Auth: { Cognito } });
  endpoint = Cognito.userPoolEndpoint;
  return async (action, who, [input]) => {
    // signOut does not wait for the removal of the tokens, and this step may have another storage.
    await new Promise(setImmediate);
    useStorageOf(who);
    const [username] = who.split("/");
    const perform = actions[action] ?? ((_, whole) => auth[action](whole));
    // Amplify passes over what a function does not take.
    const value = await perform(username, { username, ...input });
    const app = value?.nextStep?.totpSetupDetails ?? value;
    if (app?.sharedSecret) apps.set(username, app.sharedSecret);
    return value;
  };
});
