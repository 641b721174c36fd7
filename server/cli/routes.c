#include "api/api.h"
#include "cli/cli.h"

enum err cmd_routes(struct cli *c)
{
    if (!c->json) {
        routes_print(stdout);
        return OK;
    }
    for (size_t i = 0; i < ROUTES_N; i++)
        TRY(cli_print_json(c, json_pack("{s:s, s:s}", "method", method_name(ROUTES[i].method),
                                        "path", ROUTES[i].pattern)));
    return OK;
}
