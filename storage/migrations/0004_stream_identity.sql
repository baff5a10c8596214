-- Older copies, clones and disputed events.

SELECT 1;
