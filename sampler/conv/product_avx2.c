#ifdef __x86_64__

#define SMP_PRODUCT_NAME(f) smp_product_##f##_avx2
#define SMP_TILE_LANES      8
#define SMP_TILE_WIDE       0

#include "sampler/conv/product_kernel.h"

#else
typedef int nothing_here; /* this processor has no such registers */
#endif
