// Plays steps with amazon-cognito-identity-js: JSON on stdin, what came of each step as JSON on stdout.
//
// In:  {"pool": {"UserPoolId", "ClientId", "endpoint"}, "steps": [["signUp", WHO, ARGUMENT...], ...]}
// Out: [{"ok": VALUE} or {"error": {"code", "message"}}, ...]
// WHO names a device: each has a CognitoUser of its own, for the user name before the slash ("alice/phone").
"use strict";

const {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
} = require("amazon-cognito-identity-js");

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

const nodeStyle = (start) =>
  new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));
const twoFunctions = (start) =>
  new Promise((resolve, reject) => start({ onSuccess: resolve, onFailure: reject }));

const tokensOf = (session) => ({
  access: session.getAccessToken().getJwtToken(),
  id: session.getIdToken().getJwtToken(),
  refresh: session.getRefreshToken().getToken(),
  claims: session.getIdToken().decodePayload(),
  valid: session.isValid(),
});

const answered = (start) =>
  new Promise((resolve, reject) =>
    start({
      onSuccess: (session) => resolve(tokensOf(session)),
      onFailure: reject,
      newPasswordRequired: (userAttributes, requiredAttributes) =>
        resolve({ newPasswordRequired: { userAttributes, requiredAttributes } }),
    })
  );

const actions = {
  signUp: (user, pool, password, attributes) =>
    nodeStyle((done) => {
      const list = Object.entries(attributes).map(([Name, Value]) => new CognitoUserAttribute({ Name, Value }));
      pool.signUp(user.getUsername(), password, list, [], done);
    }).then(({ userConfirmed, userSub, codeDeliveryDetails }) => ({ userConfirmed, userSub, codeDeliveryDetails })),
  confirm: (user, pool, code) => nodeStyle((done) => user.confirmRegistration(code, false, done)),
  resend: (user) => nodeStyle((done) => user.resendConfirmationCode(done)),
  signIn: (user, pool, password, flow = "USER_SRP_AUTH") =>
    answered((callbacks) => {
      user.setAuthenticationFlowType(flow);
      const details = new AuthenticationDetails({ Username: user.getUsername(), Password: password });
      user.authenticateUser(details, callbacks);
    }),
  newPassword: (user, pool, password, attributes) =>
    answered((callbacks) => user.completeNewPasswordChallenge(password, attributes, callbacks)),
  attributes: (user) =>
    nodeStyle((done) => user.getUserAttributes(done)).then((list) =>
      Object.fromEntries(list.map((each) => [each.getName(), each.getValue()]))
    ),
  userData: (user) => nodeStyle((done) => user.getUserData(done, { bypassCache: true })),
  refresh: (user) =>
    nodeStyle((done) => user.refreshSession(user.getSignInUserSession().getRefreshToken(), done)).then(tokensOf),
  signOut: (user) => new Promise((resolve) => user.signOut((error) => resolve(error ? String(error) : "done"))),
  globalSignOut: (user) => twoFunctions((callbacks) => user.globalSignOut(callbacks)),
  deleteUser: (user) => nodeStyle((done) => user.deleteUser(done)),
};

async function play({ pool: described, steps }) {
  const devices = new Map();
  const outcomes = [];
  for (const [action, who, ...rest] of steps) {
    if (!devices.has(who)) {
      const Storage = new MemoryStorage();
      const pool = new CognitoUserPool({ ...described, Storage });
      devices.set(who, { pool, user: new CognitoUser({ Username: who.split("/")[0], Pool: pool, Storage }) });
    }
    const { pool, user } = devices.get(who);
    try {
      outcomes.push({ ok: await actions[action](user, pool, ...rest) });
    } catch (error) {
      outcomes.push({ error: { code: error.code || error.name, message: error.message } });
    }
  }
  return outcomes;
}

let input = "";
process.stdin.on("data", (chunk) => (input += chunk));
process.stdin.on("end", async () => process.stdout.write(JSON.stringify(await play(JSON.parse(input)))));
