/** With what the passwords of logins at upstreams are hashed, for their names in proofs. One row. */
export const LOGIN_KEY = `
  CREATE TABLE login_key (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB NOT NULL
  ) STRICT;
`
