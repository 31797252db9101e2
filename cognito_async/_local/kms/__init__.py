"""KMS, as far as the functions need it that read the codes of custom senders."""
