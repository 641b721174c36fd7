#include "domain/smp.h"

enum err smp_err(enum smp_status status)
{
    static const enum err CODES[] = {[SMP_INVALID] = ERR_INVALID,
                                     [SMP_NOMEM] = ERR_NOMEM,
                                     [SMP_CANCELLED] = ERR_CANCELLED,
                                     [SMP_CORRUPT] = ERR_CORRUPT};

    return status == SMP_OK ? OK : fail(CODES[status], "%s", smp_message());
}
