-- Repeats that were folded or could not be proven.

SELECT 1;
