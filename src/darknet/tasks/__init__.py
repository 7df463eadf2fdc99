"""What a network is run for: one module a task. (To come: detect, generate, policy.)"""
