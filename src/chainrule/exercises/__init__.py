"""Course exercises: small text files, answered in any equivalent form, diagnosed, graded. The solutions are derived.

Nothing is imported here: `course` lists the exercises without the engine, `exercise` is one that is being solved.
"""
