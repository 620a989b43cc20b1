/** The transport's own tests, with each counter just below zero, or where its word turns negative. */
import "./_at_zero.ts";
import "../transport/argument_reader_test.ts";
import "../transport/caller_port_test.ts";
import "../transport/conformance_test.ts";
import "../transport/death_test.ts";
import "../transport/fuzz_test.ts";
import "../transport/lane_test.ts";
import "../transport/parking_test.ts";
import "../transport/preemption_test.ts";
import "../transport/races_test.ts";
import "../transport/result_writer_test.ts";
import "../transport/rings_test.ts";
import "../transport/shared_buffers_test.ts";
