"""People who use Earshot: users, passwords, logins, invitations."""
