"""How staff prove who they are: password, second factor, passkey, single sign-on, and their sessions."""
