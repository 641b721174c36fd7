/* report_card - the card of a version, written by itself: what it is, what it was made of, by whom, how
 * good it is and for what it is not good.
 *
 *     TRY(card_make(s, a, &m, &card));                   // JSON; json_decref(card) when done
 *     TRY(card_markdown(a, card, &text));                // the same for people
 *
 * {"name","version","project","program","made_at","made_by",
 *  "intended_use": the owner's words, or null: nobody but a person can know what it is for,
 *  "classes","accuracy_sentence","sentences","limits","by_class",
 *  "data": {"dataset","hash","items","taught","people":[{"name","labels"}],"ledger_seq"},
 *  "made_of": {"encoder","encoder_sees","recipe","seed","threads","program","hash","bytes","seconds"}}
 * After Mitchell et al., "Model Cards for Model Reporting" (FAT* 2019).
 *
 * People appear by name; an erased one as "an erased person". ERR_CONFLICT unless the version is trained. */
#ifndef EXEMPLAR_DOMAIN_REPORT_CARD_H
#define EXEMPLAR_DOMAIN_REPORT_CARD_H

#include "domain/model.h"

enum err card_make(struct store *s, struct arena *a, const struct model *m,
                   json_t **card) MUST_USE;
enum err card_markdown(struct arena *a, const json_t *card, const char **text) MUST_USE;

#endif
