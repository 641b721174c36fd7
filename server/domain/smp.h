/* smp - the sampler's codes and sentences as ours. */
#ifndef EXEMPLAR_DOMAIN_SMP_H
#define EXEMPLAR_DOMAIN_SMP_H

#include "base/err.h"
#include "sampler/status.h"

/* The code of `status` with the sampler's sentence; OK for SMP_OK. */
enum err smp_err(enum smp_status status) MUST_USE;

#endif
