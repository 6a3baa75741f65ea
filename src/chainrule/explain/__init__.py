"""What derivatives mean: curvature, convexity, critical points, networks and what ails them, costs; told in rows and pictures."""
