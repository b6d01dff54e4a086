"""What programs use: REST routes and tools for MCP clients."""
