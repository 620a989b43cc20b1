/** Pools with real workers, with each counter just below zero, or where its word turns negative. */
import "./_at_zero.ts";
import "../functions/function_table_test.ts";
import "../pool/cancel_test.ts";
import "../pool/freed_test.ts";
import "../pool/leftovers_test.ts";
import "../pool/preemption_test.ts";
import "../pool/proxy_test.ts";
import "../pool/scheduling_test.ts";
import "../pool/sharing_test.ts";
import "../pool/timeout_test.ts";
