-- A failed test first, to its last receiver.

SELECT 1;
