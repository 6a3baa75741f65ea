"""Ground: dimensions, nodes, the canonical product and sum, walks, facts, errors."""
