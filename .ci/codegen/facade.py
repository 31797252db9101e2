"""Which calls of the facade make an operation; a test looks whether there are such calls."""

from __future__ import annotations

FACADE: dict[str, tuple[str, ...]] = {
    "SignUp": ("UserPool.sign_up",),
    "ConfirmSignUp": ("UserPool.confirm_sign_up",),
    "ResendConfirmationCode": ("UserPool.resend_sign_up",),
    "InitiateAuth": ("UserPool.sign_in", "UserPool.auto_sign_in", "CognitoUser.step_up", "CognitoUser.session"),
    "RespondToAuthChallenge": ("UserPool.sign_in", "challenges"),
    "GetTokensFromRefreshToken": ("CognitoUser.session", "CognitoUser.refresh"),
    "RevokeToken": ("CognitoUser.sign_out",),
    "GlobalSignOut": ("CognitoUser.sign_out",),
    "ForgotPassword": ("UserPool.forgot_password",),
    "ConfirmForgotPassword": ("UserPool.confirm_forgot_password",),
    "GetUser": ("CognitoUser.attributes", "CognitoUser.verified_contacts", "CognitoUser.mfa_preference"),
    "DeleteUser": ("CognitoUser.delete",),
    "ChangePassword": ("CognitoUser.change_password",),
    "UpdateUserAttributes": ("CognitoUser.update_attributes",),
    "DeleteUserAttributes": ("CognitoUser.delete_attributes",),
    "GetUserAttributeVerificationCode": ("CognitoUser.send_attribute_code",),
    "VerifyUserAttribute": ("CognitoUser.confirm_attribute",),
    "GetUserAuthFactors": ("CognitoUser.auth_factors",),
    "AssociateSoftwareToken": ("CognitoUser.setup_totp", "challenges.MfaSetup"),
    "VerifySoftwareToken": ("CognitoUser.verify_totp", "challenges.MfaSetup"),
    "SetUserMFAPreference": ("CognitoUser.set_mfa_preference",),
    "ConfirmDevice": ("UserPool.sign_in",),
    "ListDevices": ("CognitoUser.devices",),
    "GetDevice": ("CognitoUser.device",),
    "ForgetDevice": ("CognitoUser.forget_device",),
    "UpdateDeviceStatus": ("CognitoUser.remember_device",),
}
