"""The mixins that come with agent-runner, one small file each."""
