"""What invented orders are made of: Indian names, cities, devices and their complaints."""


def _table(text: str) -> list[list[str]]:
    """The lines of `text`, each cut into its parts at `; `."""
    return [line.strip().split("; ") for line in text.strip().splitlines()]


[PARTNERS, STREETS, NOTES] = _table("""
    Suryodaya Mobiles; Lotus Electronics; Vajra Computers; Nilgiri Retail; Bharosa Insurance; Himgiri Devices
    MG Road; Station Road; Gandhi Nagar; Nehru Marg; Park Street; Ring Road; Lake View Road; Civil Lines
    Customer informed by phone; Called twice, no answer; Part on order
""")
FIRST_NAMES = """
    Aarav Aditi Amit Ananya Anil Arjun Asha Bhavna Chetan Deepa Deepak Divya Farhan Fatima Gaurav Gayatri
    Harish Ishita Jaspreet Karthik Kavita Lakshmi Manoj Meera Mohammed Naveen Neha Nikhil Pooja Pradeep
    Priya Rahul Rajesh Ramesh Ravi Rohan Sana Sanjay Shreya Simran Sneha Suresh Swati Tanvi Uma Varun
""".split()  # noqa: SIM905 (fifty lines as a list)
LAST_NAMES = """
    Agarwal Banerjee Bhat Chauhan Chopra Das Desai Deshmukh Fernandes Ghosh Gill Gupta Hegde Iyer Jain Joshi
    Kapoor Khan Krishnan Kulkarni Kumar Malhotra Mehta Menon Mishra Mukherjee Naidu Nair Patel Patil Pillai
    Rao Reddy Saxena Shah Sharma Shetty Singh Sinha Subramaniam Thakur Verma Yadav
""".split()  # noqa: SIM905 (fifty lines as a list)
# City, state, first three digits of its PIN codes.
PLACES = _table("""
    Mumbai; Maharashtra; 400
    Pune; Maharashtra; 411
    New Delhi; Delhi; 110
    Bangalore; Karnataka; 560
    Mysuru; Karnataka; 570
    Hyderabad; Telangana; 500
    Chennai; Tamil Nadu; 600
    Kolkata; West Bengal; 700
    Ahmedabad; Gujarat; 380
    Jaipur; Rajasthan; 302
    Lucknow; Uttar Pradesh; 226
    Kochi; Kerala; 682
""")
# Category, make, model, size.
DEVICES = _table("""
    Mobile; Samsung; Galaxy A54; 6.4 inch
    Mobile; Xiaomi; Redmi Note 12; 6.7 inch
    Mobile; OnePlus; Nord CE 3; 6.7 inch
    Laptop; Dell; XPS 15; 15 inch
    Laptop; HP; Pavilion 14; 14 inch
    Laptop; Lenovo; ThinkPad E14; 14 inch
    Tablet; Samsung; Galaxy Tab A9; 11 inch
    Television; LG; OLED C3; 55 inch
    Television; Sony; Bravia X74L; 50 inch
""")
ISSUES = {
    category: issues
    for category, *issues in _table("""
    Mobile; Screen cracked; Battery drains fast; Not charging; Speaker silent; Does not switch on
    Laptop; Battery not charging; Screen cracked; Keyboard keys dead; Overheats; Hinge broken
    Tablet; Screen cracked; Not charging; Touch does not react
    Television; Lines on the panel; No sound; Does not switch on; HDMI port dead
""")
}
