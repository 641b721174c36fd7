#include "sampler/conv/product.h"

#include "sampler/conv/product_variants.h"

#include <pthread.h>

struct variant {
    void (*run)(const struct smp_product *p);
    void (*weights)(const struct smp_weights *p);
};

static struct variant chosen = {smp_product_run_plain, smp_product_weights_plain};
static pthread_once_t chosen_once = PTHREAD_ONCE_INIT;

static void choose(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        chosen = (struct variant){smp_product_run_avx512, smp_product_weights_avx512};
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        chosen = (struct variant){smp_product_run_avx2, smp_product_weights_avx2};
#endif
}

size_t smp_product_padded(size_t n)
{
    return (n + SMP_PRODUCT_LANES - 1) / SMP_PRODUCT_LANES * SMP_PRODUCT_LANES;
}

size_t smp_product_packed(size_t k, size_t n)
{
    return k * smp_product_padded(n);
}

size_t smp_product_at(size_t n_rows, size_t n, size_t k, size_t j)
{
    const size_t panel = j / SMP_PRODUCT_PANEL * SMP_PRODUCT_PANEL;
    const size_t left = smp_product_padded(n) - panel;
    const size_t width = left < SMP_PRODUCT_PANEL ? left : SMP_PRODUCT_PANEL;

    return panel * n_rows + k * width + j - panel;
}

void smp_product_run(const struct smp_product *p)
{
    pthread_once(&chosen_once, choose);
    chosen.run(p);
}

void smp_product_weights(const struct smp_weights *p)
{
    pthread_once(&chosen_once, choose);
    chosen.weights(p);
}
