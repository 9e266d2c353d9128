"""The deployer's one question: was exactly this digest judged good, by whom, by what, and when."""
