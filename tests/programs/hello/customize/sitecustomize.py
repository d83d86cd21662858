"""A user's own start-up file, which must still run."""

print("sitecustomize of the user")
