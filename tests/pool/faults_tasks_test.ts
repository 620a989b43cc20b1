import { testFaults } from "./_fault_scenarios.ts";

testFaults("tasks of all sizes");
