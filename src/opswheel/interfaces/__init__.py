"""Where people and programs meet Opswheel. Only here are the pieces put together."""
