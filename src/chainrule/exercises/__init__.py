"""Course exercises: small text files, answered in any equivalent form, diagnosed, graded. The solutions are derived."""

from .course import Course, Entry, course
from .exercise import Exercise, exercise
from .feedback import Feedback
from .grading import Grades, graded

__all__ = ["Course", "Entry", "Exercise", "Feedback", "Grades", "course", "exercise", "graded"]
