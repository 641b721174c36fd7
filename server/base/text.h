/* text - what is asked of texts in more than one place. */
#ifndef EXEMPLAR_BASE_TEXT_H
#define EXEMPLAR_BASE_TEXT_H

/* 1 if both say the same, or both are NULL. */
int text_same(const char *a, const char *b);

#endif
