"""Operations that are signed with AWS credentials."""
