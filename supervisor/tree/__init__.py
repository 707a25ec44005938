"""The supervisor: the tree as data, who changes it, and who reads it. Nothing here touches hardware."""
