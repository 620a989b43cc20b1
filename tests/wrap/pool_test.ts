/** Pools with real workers, with each counter just below its wrap. */
import "./_near_wrap.ts";
import "../functions/function_table_test.ts";
import "../pool/cancel_test.ts";
import "../pool/death_test.ts";
import "../pool/freed_test.ts";
import "../pool/leftovers_test.ts";
import "../pool/preemption_test.ts";
import "../pool/proxy_test.ts";
import "../pool/scheduling_test.ts";
import "../pool/sharing_test.ts";
import "../pool/sync_test.ts";
import "../pool/timeout_test.ts";
import "../pool/values_test.ts";
