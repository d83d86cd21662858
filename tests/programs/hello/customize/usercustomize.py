"""The other start-up file that a user may have."""

print("usercustomize of the user")
