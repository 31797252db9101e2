// Runs steps with amazon-cognito-identity-js: reads them as JSON from stdin, and writes the result of each as JSON to
// stdout.
//
// In:  {"pool": {"UserPoolId", "ClientId", "endpoint"}, "steps": [["signUp", DEVICE, ARGUMENT...], ...]}
// Out: [{"ok": VALUE} or {"error": {"code", "message"}}, ...]
// DEVICE ("alice/phone") is a user name, a slash and the name of a device. Each DEVICE has a separate CognitoUser.
"use strict";

const {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
} = require("amazon-cognito-identity-js");
const { MemoryStorage, runFromStdin, totp } = require("./steps.js");

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
      mfaRequired: (name, parameters) => resolve({ mfaRequired: name, parameters }),
      totpRequired: (name, parameters) => resolve({ totpRequired: name, parameters }),
      selectMFAType: (name, parameters) => resolve({ selectMFAType: name, parameters }),
      mfaSetup: (name, parameters) => resolve({ mfaSetup: name, parameters }),
      customChallenge: (parameters) => resolve({ customChallenge: parameters }),
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
  customSignIn: (user) =>
    answered((callbacks) => {
      user.setAuthenticationFlowType("CUSTOM_AUTH");
      user.initiateAuth(new AuthenticationDetails({ Username: user.getUsername() }), callbacks);
    }),
  customAnswer: (user, pool, answer) => answered((callbacks) => user.sendCustomChallengeAnswer(answer, callbacks)),
  code: (user, pool, code, type) => answered((callbacks) => user.sendMFACode(code, callbacks, type)),
  // With `late` = 1, answer with the next code: a sign-in must not use the code that has just set up the app again.
  appCode: (user, pool, late = 0) =>
    answered((callbacks) => user.sendMFACode(totp(user.appSecret, late), callbacks, "SOFTWARE_TOKEN_MFA")),
  choose: (user, pool, type) => answered((callbacks) => user.sendMFASelectionAnswer(type, callbacks)),
  associate: (user) =>
    new Promise((resolve, reject) =>
      user.associateSoftwareToken({
        associateSecretCode: (secret) => {
          user.appSecret = secret;
          resolve(secret.length);
        },
        onFailure: reject,
      })
    ),
  verifyApp: (user, pool, code) =>
    twoFunctions((callbacks) => user.verifySoftwareToken(code || totp(user.appSecret), "my phone", callbacks)).then(
      (value) => (value.getAccessToken ? tokensOf(value) : value)
    ),
  takeSecret: (user, pool, secret) => (user.appSecret = secret),
  showSecret: (user) => user.appSecret,
  preferences: (user, pool, sms, app) => nodeStyle((done) => user.setUserMfaPreference(sms, app, done)),
  forgot: (user) =>
    new Promise((resolve, reject) => user.forgotPassword({ inputVerificationCode: resolve, onFailure: reject })),
  reset: (user, pool, code, password) => twoFunctions((callbacks) => user.confirmPassword(code, password, callbacks)),
  changePassword: (user, pool, previous, proposed) =>
    nodeStyle((done) => user.changePassword(previous, proposed, done)),
  change: (user, pool, attributes) =>
    new Promise((resolve, reject) => {
      const list = Object.entries(attributes).map(([Name, Value]) => new CognitoUserAttribute({ Name, Value }));
      user.updateAttributes(list, (error, value, details) => (error ? reject(error) : resolve({ value, details })));
    }),
  drop: (user, pool, names) => nodeStyle((done) => user.deleteAttributes(names, done)),
  sendCode: (user, pool, name) =>
    new Promise((resolve, reject) =>
      user.getAttributeVerificationCode(name, { onSuccess: resolve, onFailure: reject, inputVerificationCode: resolve })
    ),
  verify: (user, pool, name, code) => twoFunctions((callbacks) => user.verifyAttribute(name, code, callbacks)),
  device: (user) => {
    user.getCachedDeviceKeyAndPassword();
    return user.deviceKey || null;
  },
  getDevice: (user) => twoFunctions((callbacks) => user.getDevice(callbacks)),
  devices: (user) => twoFunctions((callbacks) => user.listDevices(10, null, callbacks)),
  remember: (user) => twoFunctions((callbacks) => user.setDeviceStatusRemembered(callbacks)),
  notRemember: (user) => twoFunctions((callbacks) => user.setDeviceStatusNotRemembered(callbacks)),
  forget: (user) => twoFunctions((callbacks) => user.forgetDevice(callbacks)),
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

runFromStdin((described) => {
  const devices = new Map();
  return (action, device, rest) => {
    if (!devices.has(device)) {
      const Storage = new MemoryStorage();
      const pool = new CognitoUserPool({ ...described, Storage });
      devices.set(device, { pool, user: new CognitoUser({ Username: device.split("/")[0], Pool: pool, Storage }) });
    }
    const { pool, user } = devices.get(device);
    return actions[action](user, pool, ...rest);
  };
});
