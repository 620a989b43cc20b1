import { testFaults } from "./_fault_scenarios.ts";

testFaults("blocking calls, batches and broadcasts");
