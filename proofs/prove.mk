# Proofs (proofs/README.md). PROVE_JOBS bounds the solvers that run at once.

.PHONY: prove prove-replay prove-part prove-record prove-smoke prove-controls prove-report

prove: ## prove the core from nothing; FN=name proves one function and shows its open goals
	@BUILD=$(BUILD) $(PYTHON) proofs/prove $(FN)
prove-replay: ## replay the proofs from the committed session, without a solver
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --replay
prove-part: ## replay one part of the proofs in about two minutes; the commit chooses which, PART=2 takes that one
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --replay --part $(or $(PART),commit)
prove-record: ## prove from nothing and write the session anew
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --record
prove-smoke: ## look for contracts that contradict themselves
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --smoke
prove-controls: ## check that each gate of the proofs refuses what it must
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --controls
prove-report: ## what the last run proved, function by function
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --report

.PHONY: protocol protocol-full
protocol: ## search the model of commits, checkpoints, crashes and readers to its end, and with each rule broken (Spin)
	@proofs/protocol/check $(BUILD)/protocol
protocol-full: ## the same with larger bounds; some minutes
	@proofs/protocol/check $(BUILD)/protocol full
