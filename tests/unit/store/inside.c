#include "unit/store/inside.h"

#include "check.h"
#include "store/sql.h"

#include <stdio.h>

void limit_pages(struct store *s)
{
    assert_int_equal(sqlite3_exec(s->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL), 0);
}

void undo_behind_its_back(struct store *s)
{
    assert_int_equal(sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL), 0);
}
