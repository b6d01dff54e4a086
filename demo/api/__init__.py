"""The interfaces for programs: REST routes and tools for MCP clients."""
