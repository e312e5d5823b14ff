"""Actions of their own, one file each: found by themselves (CONTRIBUTING, "Add an action")."""
