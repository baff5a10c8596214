-- name: list
SELECT code, item, commodity, standard, is_only_for_standard, comparison, value, unit, valid_from, valid_to, source,
       version
FROM analyte_limit
WHERE {where}

-- name: add
SELECT add_limit(%(code)s, %(item)s, %(commodity)s, %(standard)s, %(is_only_for_standard)s, %(comparison)s, %(value)s,
    %(unit)s, %(valid_from)s, %(valid_to)s, %(source)s) AS is_done

-- name: end
SELECT end_limit(%(code)s, %(valid_to)s) AS is_done

-- name: all
SELECT code, item, commodity, standard, is_only_for_standard, comparison, value, unit, valid_from, valid_to, source,
       version
FROM analyte_limit
