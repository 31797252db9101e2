"""Operations that manage user pools, their app clients, and what else belongs to a pool."""
